-- Does nurturing work: did the leads that were enrolled in a sequence get further, and buy more, than those of the same
-- months that were not, by more than chance alone would do? Where rules count opened e-mails, more MQLs are no proof.
select
    enrolled.sequence_name,
    enrolled.stage,
    enrolled.next_stage,
    enrolled.count_leads as count_enrolled,
    others.count_leads as count_not_enrolled,
    enrolled.standardised_next_stage_rate as enrolled_rate,
    others.standardised_next_stage_rate as not_enrolled_rate,
    enrolled.next_stage_difference,
    enrolled.next_stage_difference_low,
    enrolled.next_stage_difference_high,
    case
        when enrolled.next_stage_difference_low > 0 then 'more of them got further'
        when enrolled.next_stage_difference_high < 0 then 'fewer of them got further'
        else 'no difference is shown'
    end as finding,
    enrolled.customer_difference,
    enrolled.customer_difference_low,
    enrolled.customer_difference_high,
    case
        when enrolled.customer_difference_low > 0 then 'more of them bought'
        when enrolled.customer_difference_high < 0 then 'fewer of them bought'
        else 'no difference is shown'
    end as finding_on_customers
from {{ ref('nurture_comparison') }} as enrolled
inner join {{ ref('nurture_comparison') }} as others
    on
        enrolled.sequence_name = others.sequence_name
        and enrolled.stage = others.stage
        and others.enrolment_group = 'not enrolled'
where enrolled.enrolment_group = 'enrolled'
order by enrolled.sequence_name, enrolled.stage
