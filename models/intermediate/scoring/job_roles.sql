{{ config(materialized='view') }}

select
    job_title,
    max(case when attribute = 'job_level' then value end) as job_level,
    max(case when attribute = 'job_function' then value end) as job_function
from {{ ref('job_title_roles') }}
group by job_title
