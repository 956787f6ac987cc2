with

compared as (

    select
        coalesce(now.seed_name, earlier.seed_name) as seed_name,
        coalesce(now.row_key, earlier.row_key) as row_key,
        coalesce(now.scorecard_id, earlier.scorecard_id) as scorecard_id,
        coalesce(now.rule_id, earlier.rule_id) as rule_id,
        coalesce(now.column_name, earlier.column_name) as column_name,
        coalesce(now.column_position, earlier.column_position) as column_position,
        now.column_value,
        earlier.column_value as earlier_value,
        case when now.seed_name is null then 0 else 1 end as is_there,
        case when earlier.seed_name is null then 0 else 1 end as was_there
    from {{ ref('criteria_values') }} as now
    full outer join {{ ref('earlier_criteria') }} as earlier
        on
            now.seed_name = earlier.seed_name
            and now.row_key = earlier.row_key
            and now.column_name = earlier.column_name

),

changed as (

    select
        seed_name,
        row_key,
        max(scorecard_id) as scorecard_id,
        max(rule_id) as rule_id,
        max(is_there) as is_there,
        max(was_there) as was_there,
        {{ joined_text("column_name || ': ' || column_value", "', '", 'column_position') }} as values_now,
        {{ joined_text("column_name || ': ' || earlier_value", "', '", 'column_position') }} as values_before,
        {{ joined_text(
            "case when column_value is distinct from earlier_value then column_name || ': '"
            ~ " || coalesce(earlier_value, '(empty)') || ' -> ' || coalesce(column_value, '(empty)') end",
            "', '", 'column_position'
        ) }} as values_changed
    from compared
    group by seed_name, row_key

),

-- Without an earlier build there is nothing to differ from.
earlier_builds as (

    select distinct
        invocation_id,
        build_id,
        as_of
    from {{ ref('earlier_criteria') }}

)

select
    changed.seed_name,
    changed.row_key,
    changed.scorecard_id,
    changed.rule_id,
    case when changed.was_there = 0 then 'added' when changed.is_there = 0 then 'removed' else 'changed' end
        as change_kind,
    case
        when changed.was_there = 0 then changed.values_now
        when changed.is_there = 0 then changed.values_before
        else changed.values_changed
    end as changes,
    earlier_builds.invocation_id as earlier_invocation_id,
    earlier_builds.build_id as earlier_build_id,
    earlier_builds.as_of as compared_at
from changed
cross join earlier_builds
where changed.was_there = 0 or changed.is_there = 0 or changed.values_changed is not null
